export default function DevicesPage() {
  return <p></p>
}
