"""`python -m grantwire`."""

from grantwire.assemble import main

if __name__ == "__main__":
    main()
