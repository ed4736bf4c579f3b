"""What is served: releases by digest, each with a manifest of every file, and the pointer to one.

release: `seal`, `publish`, `open_release`, `served_release`.
pointer: `read_pointer`, `move_pointer`.
A release is never changed. May import core, features and the rest of models.
"""
