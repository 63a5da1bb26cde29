// Threads need memory that they share, and browsers give that to pages that are cross-origin isolated only. Where the host does not send the
// two headers for it, a service worker (public/isolation.js) adds them, for which the page has to be loaded once more.

/** What the page has, and why not more. */
export interface Isolation {
  isolated: boolean
  /** One sentence, where it is not isolated. */
  reason?: string
}

/** Set once the page has been loaded again, so that it never is twice. */
const TRIED = 'weft-isolation'

/** Milliseconds for the service worker to start: some browsers that allow none never tell. */
const PATIENCE = 2000

async function startServiceWorker(): Promise<void> {
  await navigator.serviceWorker.register(new URL('isolation.js', document.baseURI))
  await navigator.serviceWorker.ready
}

function patience(): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('it did not start in time')), PATIENCE))
}

/** Tries to become isolated. Does not return where the page is loaded again. */
export async function becomeIsolated(): Promise<Isolation> {
  if (crossOriginIsolated) {
    sessionStorage.removeItem(TRIED)
    return { isolated: true }
  }
  if (!isSecureContext) return { isolated: false, reason: 'it is not served over TLS' }
  if (!('serviceWorker' in navigator)) return { isolated: false, reason: 'this browser has no service workers here' }
  if (sessionStorage.getItem(TRIED)) return { isolated: false, reason: 'its host sends no headers for it' }
  try {
    await Promise.race([startServiceWorker(), patience()])
  } catch {
    return { isolated: false, reason: 'its host sends no headers for it, and its service worker could not be started' }
  }
  sessionStorage.setItem(TRIED, '1')
  location.reload()
  return new Promise(() => {})
}
