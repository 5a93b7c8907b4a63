import { listSupportedBackends } from 'onnxruntime-node'
import { GatewayError } from '../../domain/errors.ts'
import type { InferenceProvider } from './provider-names.ts'

/** Throws `provider-missing` where this build of ONNX Runtime was made without it. */
export function requireProvider(provider: InferenceProvider): void {
  const built = listSupportedBackends().map(({ name }) => name)
  if (built.includes(provider)) return
  throw new GatewayError({
    kind: 'invalid',
    code: 'provider-missing',
    message: `INFERENCE_PROVIDER is ${provider}, which this build of ONNX Runtime does not have: it has ${built.join(', ')}`,
  })
}
