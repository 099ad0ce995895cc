"""GB/T 26875.3-2011: how a user information transmission device (用户信息传输装置) speaks to the centre.

Bytes become frames (`frames`), the application unit of a frame becomes objects (`units`), objects become facts
(`facts`). What devices do otherwise than the standard says is in a `Profile`. Everything here is pure.
"""
