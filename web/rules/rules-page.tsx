export default function RulesPage({ cameraId }: { readonly cameraId: string }) {
  return <p>{cameraId}</p>
}
