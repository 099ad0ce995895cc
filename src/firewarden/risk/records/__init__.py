"""What do a city's own files say of its venues and of what happened there? Read, checked, made into features."""
