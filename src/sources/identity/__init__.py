"""Records become customers: whose each row is, what is known of them, and their pseudonyms."""
