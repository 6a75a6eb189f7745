"""What commands print for people: tables, and the few lines around them."""
