import { Component, type ReactNode } from "react";
import { Failure } from "../parts/Failure";

/** A mistake of a screen takes down that screen only. */
export class Boundary extends Component<{ children: ReactNode }, { failure?: unknown }> {
  override state: { failure?: unknown } = {};

  static getDerivedStateFromError(failure: unknown) {
    return { failure };
  }

  override render() {
    if (this.state.failure === undefined) return this.props.children;
    return (
      <>
        <h1>This screen has failed</h1>
        <p>That is a mistake in the console, not in your data. Going to another screen and back may help.</p>
        <Failure of={this.state.failure} retry={() => this.setState({ failure: undefined })} />
      </>
    );
  }
}
