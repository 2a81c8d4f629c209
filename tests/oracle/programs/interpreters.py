"""Three interpreters beside the main one, each in a thread, each with functions of its own."""
import threading, time

try:
    import _interpreters as interpreters
    run = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    run = interpreters.run_string

TEXT = """
def leaf_{0}(): return 1
def sub_{0}():
    while True: leaf_{0}()
sub_{0}()
"""

def host(number):
    run(interpreters.create(), TEXT.format(number))

for number in range(3):
    threading.Thread(target=host, args=(number,), daemon=True).start()

def wait():
    time.sleep(1000)

time.sleep(0.5)
print("ready", flush=True)
wait()
