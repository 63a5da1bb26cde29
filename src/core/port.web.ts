// A thread's way to its host, in browsers and other runtimes with workers; the same export as port.node.ts.

import type { FromThread, HostPort, ToThread } from './thread.ts'

/** In a thread: the way to the host. */
export function hostPort<To = ToThread, From = FromThread>(): HostPort<To, From> | undefined {
  if (typeof document !== 'undefined' || typeof self === 'undefined') return undefined
  return {
    listen: take => {
      self.onmessage = ({ data }) => take(data)
    },
    post: message => self.postMessage(message),
  }
}
