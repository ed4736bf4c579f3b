"""Request and response schemas, the scorer and the BentoML endpoint."""
