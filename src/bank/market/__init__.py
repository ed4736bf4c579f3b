"""The shelf of products, and their prices and exchange rates."""
