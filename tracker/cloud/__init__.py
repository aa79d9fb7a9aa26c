"""Homes in object storage: pushed, pulled, and read where they are.

A published home has, below its address:

    manifest.json       what belongs to it: path, size and SHA-256 of each file; written last, so it is old or new
    objects/<sha256>    the files, named by their content and never written again: whoever has read a manifest has all
                        of its files, until two more pushes have ended
    db/..., editions/   copies of the tables and the editions under their own names, for engines, browsers and people
    plain.json          which of these copies are those of the manifest

A copy is made within the storage, after the manifest: one file is old or new, never a part, but during a push one may
be new and another still old. What has to be of one version goes by the manifest, as everything in this package does.
The tables take twice the room for it; the alternatives are to move each version to another address, or to let
`part-*.parquet` match the old file and the new one for a while, which counts twice.
"""
