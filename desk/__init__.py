"""How the desk is installed, started, stopped and checked. The product itself is in madoguchi/."""
