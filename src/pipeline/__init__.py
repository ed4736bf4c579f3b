"""One module per stage of dvc.yaml, and the commands on what is served.

Front door: the `main()` of each module. It reads files, calls one room, and writes files; `paths`
names all files, `run` opens a source with its parameters.
A module holds no logic of its own: whatever is worth a test stands in a room below.
It may import every room; no room imports it.
"""
