"""The API's description of itself, OpenAPI 3.1: `document` builds it, `views` serve it.

drf-spectacular finds the paths and reads the serializers; the words are here, apart from the views. Lists of
values, limits and identifiers are taken from the code that obeys them. A path or a field without words stops
the building, and tests/contract checks each answer it gets against the document.

Only `views` is loaded at the start: drf-spectacular brings Django's test client and `unittest` along.
"""
