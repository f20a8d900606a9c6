"""What can be told of an exchange: each room reads bytes and structs and gives values."""
