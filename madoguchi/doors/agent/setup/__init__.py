"""Settings pages, the recycle bin, the profile, signing in and the first run."""
