// A service worker that gives the page the headers of cross-origin isolation on hosts that cannot send them, so that it has threads. It
// answers nothing itself and keeps nothing: every request goes to the host.

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))

self.addEventListener('fetch', event => {
  const { request } = event
  if (new URL(request.url).origin !== self.location.origin) return
  // The browser asks for such entries in a mode that a service worker may not repeat.
  if (request.cache === 'only-if-cached' && request.mode !== 'same-origin') return
  event.respondWith(isolated(request))
})

async function isolated(request) {
  const response = await fetch(request)
  if (response.status === 0) return response
  const headers = new Headers(response.headers)
  headers.set('Cross-Origin-Opener-Policy', 'same-origin')
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp')
  headers.set('Cross-Origin-Resource-Policy', 'same-origin')
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}
