"""The weekly review: seven days beside the seven before, and what each rule of the policy did."""
