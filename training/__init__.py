"""The offline job: read customers, choose k, fit, name, report, publish and promote.

Everything here may use scikit-learn; nothing that serves may use anything here.
"""
