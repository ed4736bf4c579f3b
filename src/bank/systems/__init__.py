"""One module per system that delivers: core banking, CRM, brokerage, contact centre, market."""
