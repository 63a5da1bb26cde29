// A thread's way to its host, in Node; the browser and every other runtime get port.web.ts (`#port` in package.json). Apart from the platform's
// other services, because those start threads: a bundler that follows a worker to what starts it would not come to an end.

import { isMainThread, parentPort } from 'node:worker_threads'
import type { FromThread, HostPort, ToThread } from './thread.ts'

/** In a thread: the way to the host. */
export function hostPort<To = ToThread, From = FromThread>(): HostPort<To, From> | undefined {
  if (isMainThread || !parentPort) return undefined
  const port = parentPort
  return { listen: take => void port.on('message', take), post: message => port.postMessage(message) }
}
