// The page as Vite serves and builds it. It is written against src/ and bench/ and gets what is compiled of them (dist/), the same files as
// the package has: there the WASM builds, shaders and workers lie where the sources look for them.

import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Threads need it: without these headers a page has no shared memory. Static hosts that cannot send them: public/isolation.js. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

/** What the page may load. Addresses of nodes are typed in by the visitor, so connections may go anywhere over TLS, or to this machine. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Takes dist/ for files of src/ and bench/. */
function compiled(): Plugin {
  return {
    name: 'weft-compiled',
    enforce: 'pre',
    resolveId(target, importer) {
      if (importer === undefined || !target.startsWith('.') || !target.endsWith('.ts')) return null
      const path = relative(root, join(dirname(importer.replace(/\?.*$/, '')), target))
      if (!/^(?:src|bench)\//.test(path)) return null
      const built = join(root, 'dist', path.replace(/ts$/, 'js'))
      return existsSync(built) ? built : null
    },
  }
}

/** What the benchmark takes of Node is a stand-in here, and so are rivals that only run there. */
function harness(): Plugin {
  const standIn = join(root, 'demo/bench/node.ts')
  return {
    name: 'weft-harness',
    enforce: 'pre',
    resolveId(target, importer) {
      if (!importer?.startsWith(join(root, 'dist/bench'))) return null
      return /^node:|file\.node\.js$|rivals\/(?:anvil|ethereumjs|evmone|mpt)/.test(target) ? standIn : null
    },
  }
}

/** The policy stands in the built page, where hosts send no headers. In development Vite puts styles into the page, which it forbids. */
function policy(): Plugin {
  return {
    name: 'weft-policy',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' },
    ],
  }
}

export default defineConfig({
  root: join(root, 'demo'),
  // Any folder of any host.
  base: './',
  plugins: [harness(), compiled(), policy()],
  worker: { format: 'es', plugins: () => [harness(), compiled()] },
  server: { headers: ISOLATION, fs: { allow: [root] } },
  preview: { headers: { ...ISOLATION, 'Content-Security-Policy': POLICY } },
  build: {
    outDir: join(root, 'build/demo'),
    emptyOutDir: true,
    target: 'es2022',
    // Inlined files would be data: addresses, which the policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
})
