#pragma once
// What NetworkManager knows about the way into the network.

namespace interlude::bus {

/// Whether NetworkManager says, or guesses, that the connection is paid for by the byte. Where it
/// does not run, does not know, or does not answer within two seconds: no, for who has no such
/// service must not stay without fixes. It is not started for it.
bool connection_is_metered();

}  // namespace interlude::bus
