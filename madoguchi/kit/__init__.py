"""Pure Python tools of the desk: no Django, no settings, no models and no clock of their own."""
