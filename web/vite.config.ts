import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'

/** `vite web` serves the client alone and sends everything else to a gateway on this port. */
const gateway = 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [preact()],
  build: { target: 'es2022', sourcemap: false },
  server: {
    proxy: {
      '/api': gateway,
      '/live': { target: gateway, ws: true },
      '/socket.io': { target: gateway, ws: true },
    },
  },
})
