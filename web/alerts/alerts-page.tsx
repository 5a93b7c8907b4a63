export default function AlertsPage() {
  return <p></p>
}
