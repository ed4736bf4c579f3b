"""The sections of the data-quality report."""
