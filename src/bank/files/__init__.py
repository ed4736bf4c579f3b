"""How the systems write files: columns, texts, sheets with their errors, stamped deliveries."""
