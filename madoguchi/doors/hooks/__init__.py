"""Other programs call here when something changed with them."""
