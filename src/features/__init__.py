"""Point-in-time features, customer asset size and labels, all through one door."""
