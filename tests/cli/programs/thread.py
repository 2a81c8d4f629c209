"""Says the id of a thread that is not the first one, which sleeps."""

import threading
import time

thread = threading.Thread(target=time.sleep, args=(20,), daemon=True)
thread.start()
print(thread.native_id, flush=True)
time.sleep(20)
