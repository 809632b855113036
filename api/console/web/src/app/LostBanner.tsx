import { connection } from "../api/connection";

/** Stays while the service does not answer; it is asked again all the time. */
export function LostBanner() {
  return (
    <div className="banner" role="alert">
      <span>Millrace does not answer. What you see may be old; what you typed is kept. Trying again …</span>
      <button type="button" onClick={() => void connection.askHealth()}>Try now</button>
    </div>
  );
}
