"""What rows say together: what breaks the contract, and what is implausible, which the service may accept."""
