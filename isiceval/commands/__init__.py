"""The larger commands of the command line, one a module: arguments in, text and a status out."""
