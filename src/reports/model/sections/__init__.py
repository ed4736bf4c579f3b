"""The sections of a model report, in the order of the reviewer's checklist."""
