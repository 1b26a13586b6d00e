"""The parts of the lab's agent; see ctfw-lab-agent.py for the protocol."""
