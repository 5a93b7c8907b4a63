/** What can run a model, by ONNX Runtime's own names. */
export const inferenceProviders = ['cpu', 'cuda', 'tensorrt', 'openvino', 'webgpu', 'coreml', 'dml'] as const
export type InferenceProvider = (typeof inferenceProviders)[number]
