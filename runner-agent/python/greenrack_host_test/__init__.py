"""The agent's side of Mbed's Python host tests: their API, and what runs them."""
