export default function MapPage() {
  return <p></p>
}
