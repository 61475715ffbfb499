"""Opening things: files, compression, standard input; octets out, nothing judged.

Knows the operating system and errors; knows no packet. scapy opens sockets and dissects nothing.
"""
