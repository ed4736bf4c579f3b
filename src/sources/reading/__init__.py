"""Raw files of any format into typed relations, each value with its file and line."""
