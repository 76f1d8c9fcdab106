"""The faces: HTTP resources, pages, authentication, the command line. May import every room below."""
