"""From raw extracts of several systems to one clean ledger."""
