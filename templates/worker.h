#pragma once
// The template worker: a process that evaluates the templates of one project.
//
//   service --spawn--> keeper --fork--> evaluating process --error, limit--> gone
//                        ^---------------- fork the next one <-----------------+
//
// The keeper begins the resident program (see program_text.h) and stops where it asks for its first
// event. Each process forked there has libjsonnet's standard library and the templates parsed,
// reads batches and answers them. An error or a limit ends the process; the next fork costs about a
// millisecond, and an error that libjsonnet itself finds ten: it frees what it has parsed first.
//
// Thread  one, in each process.

namespace millrace::templates {

// Descriptors that the worker inherits.
inline constexpr int kChannelDescriptor = 3;
inline constexpr int kProgressDescriptor = 4;

// Serves the channel until it closes; returns the exit code of the process.
int run_worker();

}  // namespace millrace::templates
