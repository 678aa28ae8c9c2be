"""``python -m mcsc``: the command line."""

from mcsc.cli import main

if __name__ == "__main__":
    main()
