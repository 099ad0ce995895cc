"""`python -m firewarden`, and the `firewarden` command."""

from firewarden.cli.app import main

if __name__ == "__main__":
    main()
