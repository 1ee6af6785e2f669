"""The things of the studio and the rules that belong to one of them; no Flask and no service here."""
