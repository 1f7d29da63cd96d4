"""`python -m bot` is `cnx`."""

from bot.cli import main

if __name__ == "__main__":
    main()
